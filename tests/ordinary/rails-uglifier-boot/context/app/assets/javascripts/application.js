//= require bootstrap/dist/js/bootstrap
