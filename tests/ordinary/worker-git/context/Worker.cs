using System.Diagnostics;
namespace Mirror;
public class Worker(ILogger<Worker> logger, IConfiguration config) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var repo in config.GetSection("Repositories").Get<string[]>() ?? [])
            {
                var start = new ProcessStartInfo("git", $"clone --mirror {repo}") { WorkingDirectory = "/var/mirrors" };
                using var p = Process.Start(start)!;
                await p.WaitForExitAsync(stop);
                logger.LogInformation("{Repo}: {Code}", repo, p.ExitCode);
            }
            await Task.Delay(TimeSpan.FromMinutes(5), stop);
        }
    }
}
