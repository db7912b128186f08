<?php
namespace Acme;
use Symfony\Component\Process\Process;
class ClonesRepository {
  public function __invoke(string $url): void {
    $p = new Process(['git', 'clone', '--depth', '1', $url, '/var/lib/worker/'.md5($url)]);
    $p->mustRun();
  }
}
