<?php
namespace Acme;
class ZipUnpacker { public function unpack(string $f): void { exec('unzip -o '.escapeshellarg($f).' -d /var/lib/worker'); } }
