import asyncio
import shutil
import sqlite3
import ssl

import tornado.web

shutil.copy("/opt/portal/base.db", "/tmp/portal.db")
ctx = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
ctx.load_cert_chain("/etc/ssl/certs/portal.pem", "/etc/ssl/private/portal.key")


class Notes(tornado.web.RequestHandler):
    def get(self):
        with sqlite3.connect("/tmp/portal.db") as db:
            self.write({"notes": db.execute("SELECT body FROM notes").fetchall()})


async def main():
    tornado.web.Application([("/", Notes)]).listen(8443, ssl_options=ctx)
    await asyncio.Event().wait()


asyncio.run(main())
