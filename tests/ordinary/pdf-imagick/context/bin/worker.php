<?php
require __DIR__ . '/../vendor/autoload.php';
$c = new PhpAmqpLib\Connection\AMQPStreamConnection(getenv('AMQP_HOST') ?: 'mq', 5672, 'guest', 'guest');
$ch = $c->channel();
$ch->basic_consume('pdf', '', false, true, false, false, function ($m) {
    $im = new Imagick();
    $im->setResolution(150, 150);
    $im->readImage($m->body . '[0]');
    $im->writeImage($m->body . '.png');
    file_put_contents($m->body . '.txt', Spatie\PdfToText\Pdf::getText($m->body));
});
while ($ch->is_consuming()) { $ch->wait(); }
