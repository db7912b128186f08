import respx
