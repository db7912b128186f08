//= link_directory ../javascripts .js
