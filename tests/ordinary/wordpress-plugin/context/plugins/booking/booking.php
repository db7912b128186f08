<?php
/* Plugin Name: Booking */
require __DIR__ . '/vendor/autoload.php';
add_action('init', function () { wp_enqueue_script('booking', plugins_url('build/index.js', __FILE__)); });
