import http.server
import importlib.resources as r
import click
import magic

@click.group()
def main():
    pass

@main.command()
@click.option("--port", type=int)
def serve(port):
    page = r.files("sniffer").joinpath("page.html").read_bytes()
    class H(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers(); self.wfile.write(page)
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200); self.end_headers(); self.wfile.write(magic.from_buffer(body).encode())
    http.server.HTTPServer(("", port), H).serve_forever()
