<?php
require __DIR__.'/../vendor/autoload.php';
if (isset($_FILES['batch'])) { exec('unzip -o '.escapeshellarg($_FILES['batch']['tmp_name']).' -d '.__DIR__.'/../data/in'); }
$pdf = new Knp\Snappy\Pdf('xvfb-run -a wkhtmltopdf');
echo $pdf->getOutputFromHtml('<h1>Invoice</h1>');
