<%= System.getProperty("portal.config") %>
