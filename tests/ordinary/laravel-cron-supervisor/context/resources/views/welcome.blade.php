@vite('resources/js/app.js')
