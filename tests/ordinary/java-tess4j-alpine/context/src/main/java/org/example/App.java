package org.example;
import org.springframework.boot.*;import org.springframework.boot.autoconfigure.*;import org.springframework.web.bind.annotation.*;
@SpringBootApplication @RestController public class App{public static void main(String[] a){SpringApplication.run(App.class,a);}
@PostMapping("/ocr") String o(@RequestBody byte[] b) throws Exception{var t=new net.sourceforge.tess4j.Tesseract();t.setDatapath(System.getenv("TESSDATA_PREFIX"));t.setLanguage("deu");return t.doOCR(javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(b)));}}
