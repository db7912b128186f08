import "reflect-metadata";import express from "express";import {ds} from "./data-source";ds.initialize().then(()=>express().get("/",(_q,s)=>{s.send("ok")}).listen(3000));
