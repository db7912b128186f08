IHost host = Host.CreateDefaultBuilder(args)
    .ConfigureServices(s => s.AddHostedService<Worker>())
    .Build();
await host.RunAsync();
