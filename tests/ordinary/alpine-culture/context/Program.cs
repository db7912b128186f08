using System.Globalization;
var app = WebApplication.CreateBuilder(args).Build();
var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
app.MapGet("/total/{cents:int}", (int cents) =>
    $"{(cents / 100m).ToString("C", CultureInfo.GetCultureInfo("de-DE"))} {TimeZoneInfo.ConvertTimeFromUtc(DateTime.UtcNow, berlin):f}");
app.Run();
