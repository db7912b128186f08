//= require react-server
