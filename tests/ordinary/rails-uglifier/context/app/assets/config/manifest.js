//= link_directory ../javascripts .js
//= link_directory ../stylesheets .css
