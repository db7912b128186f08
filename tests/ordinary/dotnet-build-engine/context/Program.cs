using Microsoft.Build.Locator;
MSBuildLocator.RegisterDefaults();
var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/diag", (string sln) => Analyzer.Count(sln));
app.Run();
