import os
import pathlib
import pwd

import bottle


@bottle.get("/")
def index():
    visits = pathlib.Path.home() / "visits"
    visits.write_text("one more")
    return f"{pwd.getpwuid(os.getuid()).pw_name} wrote {visits}\n"


bottle.run(host="0.0.0.0", port=8080, quiet=True)
