var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/", () => Results.File(Labels.Core.Label.Png("hi"), "image/png"));
app.Run();
