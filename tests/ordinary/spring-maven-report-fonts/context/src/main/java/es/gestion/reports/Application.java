package es.gestion.reports;

import net.sf.jasperreports.engine.*;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.*;
import java.util.HashMap;

@SpringBootApplication
@RestController
public class Application {
    public static void main(String[] a) { SpringApplication.run(Application.class, a); }

    @GetMapping(value = "/factura.pdf", produces = "application/pdf")
    public byte[] pdf() throws JRException {
        JasperReport r = JasperCompileManager.compileReport("jrxml/factura.jrxml");
        return JasperExportManager.exportReportToPdf(JasperFillManager.fillReport(r, new HashMap<>(), new JREmptyDataSource()));
    }
}
