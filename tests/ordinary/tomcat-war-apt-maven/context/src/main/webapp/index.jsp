<%@ page contentType="text/html" %><h1>Guests <%= new java.util.Date() %></h1>
