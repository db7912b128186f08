import magic
from django.http import JsonResponse
from django.utils.translation import gettext as _

def upload(request):
    f = request.FILES["file"]
    kind = magic.from_buffer(f.read(2048), mime=True)
    if not kind.startswith("image/"):
        return JsonResponse({"error": _("Not an image")}, status=400)
    return JsonResponse({"kind": kind})
