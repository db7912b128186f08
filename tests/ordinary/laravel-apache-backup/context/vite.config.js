import laravel from 'laravel-vite-plugin'
export default { plugins: [laravel(['resources/js/app.js'])] }
