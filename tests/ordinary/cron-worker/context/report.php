<?php
require 'vendor/autoload.php';
setlocale(LC_ALL, 'de_DE.UTF-8');
$x = new XSLTProcessor;
$d = new DOMDocument; $d->load('report.xsl'); $x->importStylesheet($d);
echo strftime('%A'), ' ', (new NumberFormatter('de_DE', NumberFormatter::CURRENCY))->formatCurrency(12.5, 'EUR'), PHP_EOL;
