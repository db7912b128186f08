/** @type {import('next').NextConfig} */
module.exports = { output: 'standalone', images: { domains: ['cdn.example.org'] } }
