import express from "express";import gm from "gm";import multer from "multer";import bcrypt from "bcrypt";
const a=express();a.post("/",multer({dest:"uploads"}).single("f"),(q:any,s:any)=>gm(q.file.path+"[0]").resize(200).stream("png").pipe(s));a.get("/h",(q:any,s:any)=>s.send(bcrypt.hashSync("a",4)));a.listen(3000);
