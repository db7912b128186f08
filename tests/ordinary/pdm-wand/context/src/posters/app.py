from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from wand.color import Color
from wand.drawing import Drawing
from wand.image import Image


async def poster(request):
    with Image(width=400, height=100, background=Color("white")) as img, Drawing() as d:
        d.font_size = 30
        d.text(10, 50, request.query_params.get("t", "hello"))
        d(img)
        return Response(img.make_blob("png"), media_type="image/png")

app = Starlette(routes=[Route("/", poster)])
