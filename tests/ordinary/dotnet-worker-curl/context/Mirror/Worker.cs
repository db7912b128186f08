using System.Diagnostics;
namespace Mirror;
public class Worker : BackgroundService {
  protected override async Task ExecuteAsync(CancellationToken t) {
    while (!t.IsCancellationRequested) {
      using var p = Process.Start(new ProcessStartInfo("git", "clone --mirror https://github.com/a/b /data/b") { UseShellExecute = false })!;
      await p.WaitForExitAsync(t);
      Process.Start("curl", "-fsS https://hc-ping.com/abc")!.WaitForExit();
      await Task.Delay(TimeSpan.FromHours(1), t);
    }
  }
}
