package org.example.pier;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Pier {
    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("free".getBytes());
            exchange.close();
        });
        server.start();
    }
}
