<html><head>@vite(['resources/js/app.js'])</head><body>Hi</body></html>
