package x;
import org.apache.tika.Tika;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
@SpringBootApplication
public class App {
    public static void main(String[] a) throws Exception {
        System.out.println(new Tika().parseToString(new java.io.File("/opt/orders/run.sh")));
        SpringApplication.run(App.class, a);
    }
}
