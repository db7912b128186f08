package org.example.ledger;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.*;
import org.springframework.web.client.RestTemplate;

@SpringBootApplication
@RestController
public class Ledger {
    @Value("${rates.url}") String url;
    public static void main(String[] a) { SpringApplication.run(Ledger.class, a); }
    @GetMapping("/rates") String rates() { return new RestTemplate().getForObject(url, String.class); }
}
