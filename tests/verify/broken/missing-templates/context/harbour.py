from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Harbour(BaseHTTPRequestHandler):
    def do_GET(self):
        body = Path("templates/harbour.html").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", 8000), Harbour).serve_forever()
