package org.acme;

import jakarta.ws.rs.*;

@Path("/stock")
public class Stock {
    @GET public String get() { return "1"; }
}
