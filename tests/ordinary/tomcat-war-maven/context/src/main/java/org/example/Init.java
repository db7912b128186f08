package org.example;
import javax.servlet.*;
import java.nio.file.*;
public class Init implements ServletContextListener {
  public void contextInitialized(ServletContextEvent e) {
    try { Files.readAllLines(Paths.get(System.getProperty("portal.config"))); } catch (Exception x) { throw new RuntimeException(x); }
  }
}
