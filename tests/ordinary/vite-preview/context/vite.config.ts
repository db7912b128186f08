import { defineConfig } from 'vite'
import react from '@vitejs/plugin-react'
export default defineConfig({ plugins: [react()], preview: { port: 4173, proxy: { '/api': process.env.API_URL ?? 'http://api:8000' } } })
