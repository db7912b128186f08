<?php
namespace App\Console;
class Kernel extends \Illuminate\Foundation\Console\Kernel {
  protected function schedule($schedule) { $schedule->command('backup:run --only-db')->daily(); }
}
