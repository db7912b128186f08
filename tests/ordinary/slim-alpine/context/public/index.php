<?php
require __DIR__ . '/../vendor/autoload.php';
$app = Slim\Factory\AppFactory::create();
$app->get('/now', function ($req, $res) { $res->getBody()->write((new DateTime())->format('c')); return $res; });
$app->get('/rows', function ($req, $res) { $res->getBody()->write(json_encode((new App\Store)->rows())); return $res; });
$app->run();
