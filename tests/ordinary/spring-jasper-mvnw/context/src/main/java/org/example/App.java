package org.example;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.*;
import net.sf.jasperreports.engine.*;
@SpringBootApplication @RestController
public class App {
  public static void main(String[] a) { SpringApplication.run(App.class, a); }
  @GetMapping("/report") byte[] report() throws Exception {
    JasperReport r = JasperCompileManager.compileReport(App.class.getResourceAsStream("/report.jrxml"));
    return JasperExportManager.exportReportToPdf(JasperFillManager.fillReport(r, null, new JREmptyDataSource()));
  }
}
