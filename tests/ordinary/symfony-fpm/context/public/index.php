<?php
use App\Kernel;
require_once dirname(__DIR__).'/vendor/autoload_runtime.php';
return fn (array $c) => new Kernel($c['APP_ENV'], (bool) $c['APP_DEBUG']);
