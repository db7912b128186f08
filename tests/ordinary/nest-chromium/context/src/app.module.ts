import { Controller, Get, Module, Render } from "@nestjs/common";
import puppeteer from "puppeteer";

@Controller()
class AppController {
  @Get() @Render("index") root() { return { t: "pdf" }; }
  @Get("pdf") async pdf() {
    const b = await puppeteer.launch({ args: ["--no-sandbox"] });
    const p = await b.newPage();
    await p.goto("http://localhost:8080/");
    await p.pdf({ path: "storage/pdf/" + Date.now() + ".pdf" });
    await b.close();
    return "ok";
  }
}
@Module({ controllers: [AppController] })
export class AppModule {}
