<?php
namespace Acme;
class Worker {
  public function run(array $argv): void {
    pcntl_async_signals(true);
    pcntl_signal(SIGTERM, fn() => exit(0));
    $r = new \Redis(); $r->connect(getenv('REDIS_HOST') ?: 'redis');
    while (true) { $job = $r->blPop(['jobs'], 5); if ($job) { (new ClonesRepository)($job[1]); } }
  }
}
