<?php
$db = new mysqli(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASS'), 'blog');
foreach ($db->query('SELECT title FROM posts') as $r) { echo '<h2>'.htmlspecialchars($r['title']).'</h2>'; }
