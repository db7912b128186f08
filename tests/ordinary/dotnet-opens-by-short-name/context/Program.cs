var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/v", () => Zbar.Version());
app.Run();
