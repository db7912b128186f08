var b = WebApplication.CreateBuilder(args);
b.Services.AddControllersWithViews();
var app = b.Build();
app.UseStaticFiles();
app.MapGet("/motd", () => File.ReadAllText("motd.txt"));
app.MapDefaultControllerRoute();
app.Run();
