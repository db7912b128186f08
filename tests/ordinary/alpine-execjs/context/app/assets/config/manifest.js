//= link_tree ../javascripts .js
