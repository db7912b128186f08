<?php
namespace App\Console;
class Kernel extends \Illuminate\Foundation\Console\Kernel {
  protected function schedule($s) { $s->exec('mysqldump --all-databases > /tmp/dump.sql')->daily(); }
}
