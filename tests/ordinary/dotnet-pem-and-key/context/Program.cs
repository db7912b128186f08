var app = WebApplication.Create(args);
app.MapGet("/", () => "depot");
app.Run();
