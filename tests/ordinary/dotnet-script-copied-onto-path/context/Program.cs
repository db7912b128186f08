using System.Globalization;
var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/", () => 1.5.ToString(new CultureInfo("de-DE")));
app.Run();
