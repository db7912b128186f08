<?php
namespace App\Console;
use Illuminate\Console\Scheduling\Schedule;
class Kernel extends \Illuminate\Foundation\Console\Kernel {
    protected function schedule(Schedule $schedule) { $schedule->command('backup:run')->daily(); }
}
