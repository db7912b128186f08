<?php require "vendor/autoload.php"; exec("mysqldump --version",$o); print_r($o);
