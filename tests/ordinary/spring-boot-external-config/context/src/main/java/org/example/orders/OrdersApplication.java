package org.example.orders;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.*;

@SpringBootApplication
@RestController
public class OrdersApplication {
    @Value("${orders.currency}") String currency;
    @GetMapping("/") String index() { return currency; }
    public static void main(String[] a) { SpringApplication.run(OrdersApplication.class, a); }
}
