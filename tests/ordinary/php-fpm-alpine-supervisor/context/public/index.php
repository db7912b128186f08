<?php require "../vendor/autoload.php"; echo (new NumberFormatter("de",1))->format(1.5), extension_loaded("redis"); imagecreate(1,1);
