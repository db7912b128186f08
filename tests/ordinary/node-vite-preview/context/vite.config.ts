import {defineConfig} from "vite";import react from "@vitejs/plugin-react";import {readFileSync} from "fs";const v=JSON.parse(readFileSync("./package.json","utf8")).version;
export default defineConfig({plugins:[react()],define:{__V__:JSON.stringify(v)},preview:{port:4173,proxy:{"/api":"http://api:8080"}}});
