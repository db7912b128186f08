using Mirror;
var b = Host.CreateApplicationBuilder(args);
b.Services.AddHostedService<Worker>();
b.Build().Run();
